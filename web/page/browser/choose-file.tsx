/**
 * Choosing a file, looking at its first rows, and uploading it. The column is found by the edge's own rules, run here; a person
 * can correct it. An upload that was cut off goes on when the same file is chosen again.
 */
import { useState } from 'hono/jsx/dom';
import { createClient, VrfyError } from '../../../client/vrfy-client.ts';
import { number } from '../list-summary.tsx';
import { Scroll } from '../scroll.tsx';
import { KeyForm } from './key-form.tsx';
import { DELIMITER_NAMES, type Look } from './look.ts';
import { begunUpload, isSameFile } from './remembered-lists.ts';
import { storedKey } from './stored-key.ts';
import { toCsv } from './to-csv.ts';
import { type Progress, upload } from './upload.ts';

type Stage =
  | { readonly kind: 'choose'; readonly fault: string | null }
  | { readonly kind: 'reading'; readonly name: string }
  | { readonly kind: 'look'; readonly file: File; readonly look: Look }
  | { readonly kind: 'key'; readonly file: File; readonly look: Look }
  | { readonly kind: 'sending'; readonly progress: Progress };

export function ChooseFile() {
  const [stage, setStage] = useState<Stage>({ kind: 'choose', fault: null });

  async function take(chosen: File | undefined): Promise<void> {
    if (chosen === undefined) return;
    setStage({ kind: 'reading', name: chosen.name });
    try {
      const file = await toCsv(chosen);
      // Its readers are half of the page's code.
      const { lookAt } = await import('./look-at-file.ts');
      setStage({ kind: 'look', file, look: await lookAt(file) });
    } catch (error) {
      setStage({ kind: 'choose', fault: messageOf(error) });
    }
  }

  async function send(file: File, look: Look, isFreeFirst: boolean): Promise<void> {
    setStage({ kind: 'sending', progress: { sent: 0, total: file.size } });
    const client = createClient({ edge: location.origin, key: storedKey() });
    try {
      const id = await upload(client.lists, file, { look, isFreeFirst }, (progress) =>
        setStage({ kind: 'sending', progress }),
      );
      location.assign(`/lists/${id}`);
    } catch (error) {
      if (error instanceof VrfyError && error.status === 401) setStage({ kind: 'key', file, look });
      else setStage({ kind: 'choose', fault: messageOf(error) });
    }
  }

  switch (stage.kind) {
    case 'choose':
      return <Drop fault={stage.fault} onFile={(file) => void take(file)} />;
    case 'reading':
      return <p class="soft">Reading {stage.name}.</p>;
    case 'look':
      return (
        <LookAtFile
          file={stage.file}
          look={stage.look}
          onLook={(look) => setStage({ ...stage, look })}
          onBack={() => setStage({ kind: 'choose', fault: null })}
          onStart={(isFreeFirst) => void send(stage.file, stage.look, isFreeFirst)}
        />
      );
    case 'key':
      return <KeyForm onKey={() => setStage({ ...stage, kind: 'look' })} />;
    case 'sending':
      return (
        <div class="stack" role="status">
          <p>
            Uploading: {megabytes(stage.progress.sent)} of {megabytes(stage.progress.total)}.
          </p>
          <progress value={stage.progress.sent} max={Math.max(1, stage.progress.total)} aria-label="Uploaded" />
          <p class="soft small">If this is cut off, choose the same file again and the upload goes on.</p>
        </div>
      );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong; try again.';
}

function megabytes(octets: number): string {
  return `${(octets / 1e6).toFixed(1)} MB`;
}

function Drop({ fault, onFile }: { readonly fault: string | null; readonly onFile: (file: File | undefined) => void }) {
  const [isOver, setOver] = useState(false);
  const begun = begunUpload();
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(is);
  };
  return (
    <div class="stack">
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
        <span class="soft">CSV, TSV, TXT or XLSX, up to 1,000,000 rows. Nothing is uploaded yet.</span>
      </label>
      {begun === null ? null : (
        <p class="notice">The upload of {begun.name} was cut off. Choose the same file again to go on with it.</p>
      )}
      {fault === null ? null : (
        <p class="notice bad" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

type LookProps = {
  readonly file: File;
  readonly look: Look;
  readonly onLook: (look: Look) => void;
  readonly onBack: () => void;
  readonly onStart: (isFreeFirst: boolean) => void;
};

function LookAtFile({ file, look, onLook, onBack, onStart }: LookProps) {
  const upload = begunUpload();
  const isResumed = upload !== null && isSameFile(upload, file);
  const { hasHeader, column, rows } = look;
  const [first = [], ...rest] = rows;
  const names = hasHeader ? first : first.map((_, index) => `Column ${index + 1}`);
  const data = hasHeader ? rest : rows;
  return (
    <section class="stack" aria-labelledby="look">
      <h2 id="look">{file.name}</h2>
      <p class="soft">
        {megabytes(file.size)}, {look.encoding}, {DELIMITER_NAMES[look.delimiter]}. The marked column holds the
        addresses; choose another if it does not.
      </p>
      <div class="actions">
        <label>
          Column of the addresses{' '}
          <select
            value={column}
            onChange={(event: Event) => onLook({ ...look, column: Number((event.target as HTMLSelectElement).value) })}
          >
            {names.map((name, index) => (
              <option value={index} selected={index === column}>
                {index + 1}: {name}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={hasHeader}
            onChange={(event: Event) => onLook({ ...look, hasHeader: (event.target as HTMLInputElement).checked })}
          />{' '}
          The first row is a header
        </label>
      </div>
      <Scroll label="First rows">
        <table>
          <thead>
            <tr>
              {names.map((name, index) => (
                <th scope="col" class={index === column ? 'chosen' : ''}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.map((cells) => (
              <tr>
                {names.map((_, index) => (
                  <td class={index === column ? 'chosen' : ''}>{cells[index] ?? ''}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {isResumed ? <p class="notice">An upload of this file was cut off; it goes on from there.</p> : null}
      <div class="actions">
        <button type="button" class="button" onClick={() => onStart(true)}>
          Start with all that is free
        </button>
        <button type="button" class="button quiet" onClick={() => onStart(false)}>
          Check everything
        </button>
        <button type="button" class="button quiet" onClick={onBack}>
          Another file
        </button>
      </div>
      <p class="soft small">
        The free pass finds bad syntax, dead domains and disposable addresses, and costs no quota. You decide afterwards
        whether the mail servers are asked. {number.format(20)} rows are shown at most.
      </p>
    </section>
  );
}
