/** Turns the first sheet of an .xlsx file into CSV, away from the page's own thread. */
import { readSheet } from 'read-excel-file/web-worker';

self.addEventListener('message', async ({ data }: MessageEvent<Blob>) => {
  try {
    const rows = await readSheet(data);
    const lines = rows.map((cells) => cells.map((cell) => quoted(textOf(cell))).join(','));
    self.postMessage({ csv: new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv' }) });
  } catch {
    self.postMessage({ fault: 'This is not a workbook that can be read; save it as CSV and try again.' });
  }
});

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
