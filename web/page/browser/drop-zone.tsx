/** A place to drop a file on, and a button to choose one. */
import { useState } from 'hono/jsx/dom';

export function DropZone({ onFile }: { readonly onFile: (file: File | undefined) => void }) {
  const [isOver, setOver] = useState(false);
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(is);
  };
  return (
    <label
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={over(true)}
      onDragLeave={over(false)}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        setOver(false);
        onFile(event.dataTransfer?.files[0]);
      }}
    >
      <input
        type="file"
        class="visually-hidden"
        accept=".csv,.tsv,.txt,.xlsx,text/csv,text/plain,text/tab-separated-values"
        onChange={(event: Event) => onFile((event.target as HTMLInputElement).files?.[0])}
      />
      <b>Choose a file, or drop it here</b>
      <br />
      <span class="soft">
        CSV, TSV, TXT or XLSX, up to 1,000,000 rows. You see its first rows before it is uploaded.
      </span>
    </label>
  );
}
