const XLSX_OCTETS_MAX = 25_000_000;

/** The file as it is, or a workbook turned into CSV by a worker. Rejects with a sentence for a person. */
export async function toCsv(file: File): Promise<File> {
  if (!/\.xlsx$/i.test(file.name)) return file;
  if (file.size > XLSX_OCTETS_MAX) throw new Error('A workbook may have 25 MB; save this one as CSV.');
  const csv = await convert(file);
  return new File([csv], file.name.replace(/\.xlsx$/i, '.csv'), { type: 'text/csv', lastModified: file.lastModified });
}

function convert(file: File): Promise<Blob> {
  const path = document.querySelector<HTMLMetaElement>('meta[name="xlsx-worker"]')?.content ?? '';
  const worker = new Worker(path, { type: 'module' });
  const { promise, resolve, reject } = Promise.withResolvers<Blob>();
  worker.addEventListener('message', ({ data }: MessageEvent<{ csv?: Blob; fault?: string }>) => {
    if (data.csv !== undefined) resolve(data.csv);
    else reject(new Error(data.fault ?? 'This workbook cannot be read.'));
  });
  worker.addEventListener('error', () => reject(new Error('This workbook cannot be read.')));
  worker.postMessage(file);
  return promise.finally(() => worker.terminate());
}
