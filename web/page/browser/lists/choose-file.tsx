/**
 * Choosing a file, looking at its first rows, and uploading it. The column is found by the edge's own rules, run here; a person
 * can correct it. An upload that was cut off goes on by itself when the page is opened again, or with the same file.
 */
import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { createClient, VrfyError } from '../../../../client/vrfy-client.ts';
import { number } from '../../number.ts';
import { Scroll } from '../../scroll.tsx';
import { DropZone } from '../drop-zone.tsx';
import { Fault } from '../fault.tsx';
import { chosenFile, keptFile } from '../kept-file.ts';
import { KeyNeeded } from '../key-form.tsx';
import { storedKey } from '../stored-key.ts';
import { DELIMITER_NAMES, type Look } from './look.ts';
import { type BegunUpload, begunUpload, isSameFile } from './remembered-lists.ts';
import { toCsv } from './to-csv.ts';
import { beginUpload, endUpload, goOn, isGone, type Progress, type UploadWishes } from './upload.ts';

type Stage =
  | { readonly kind: 'choose'; readonly fault: string | null }
  | { readonly kind: 'reading'; readonly name: string }
  | { readonly kind: 'look'; readonly file: File; readonly look: Look }
  | { readonly kind: 'key'; readonly fault: string | null; readonly again: () => void }
  | { readonly kind: 'sending'; readonly progress: Progress };

export function ChooseFile() {
  const [stage, setStage] = useState<Stage>({ kind: 'choose', fault: null });

  useEffect(() => {
    const begun = begunUpload();
    void chosenFile().then(async (chosen) => {
      if (chosen !== null) return take(chosen);
      const file = begun === null ? null : await keptFile();
      if (begun !== null && file !== null && isSameFile(begun, file)) await send(file, begun);
    });
  }, []);

  async function take(chosen: File | undefined): Promise<void> {
    if (chosen === undefined) return;
    setStage({ kind: 'reading', name: chosen.name });
    try {
      const file = await toCsv(chosen);
      const begun = begunUpload();
      if (begun !== null && isSameFile(begun, file)) return await send(file, begun);
      // Its readers are half of the page's code.
      const { lookAt } = await import('./look-at-file.ts');
      setStage({ kind: 'look', file, look: await lookAt(file) });
    } catch (error) {
      setStage({ kind: 'choose', fault: messageOf(error) });
    }
  }

  /** @param upload one that was begun, or what to begin one with */
  async function send(file: File, upload: BegunUpload | UploadWishes): Promise<void> {
    setStage({ kind: 'sending', progress: { sent: 0, total: file.size } });
    const { lists } = createClient({ edge: location.origin, key: storedKey() });
    try {
      const begun = 'id' in upload ? upload : await beginUpload(lists, file, upload);
      await goOn(lists, begun, file, (progress) => setStage({ kind: 'sending', progress }));
      location.assign(`/lists/${begun.id}`);
    } catch (error) {
      if (isGone(error)) await endUpload();
      if (error instanceof VrfyError && error.status === 401) {
        const fault = storedKey() === undefined ? null : error.message;
        setStage({ kind: 'key', fault, again: () => void send(file, begunUpload() ?? upload) });
      } else {
        setStage({
          kind: 'choose',
          fault: isGone(error) ? 'The list of this upload is gone; begin again.' : messageOf(error),
        });
      }
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
          onStart={(isFreeFirst) => void send(stage.file, { look: stage.look, isFreeFirst })}
        />
      );
    case 'key':
      return (
        <div class="stack">
          <h1>A key is needed</h1>
          <p class="lead">A list belongs to a key. Your file waits here until you have one.</p>
          <KeyNeeded fault={stage.fault} onKey={stage.again} />
        </div>
      );
    case 'sending':
      return (
        <div class="stack">
          <p role="status">
            Uploading: {sizeOf(stage.progress.sent)} of {sizeOf(stage.progress.total)}.
          </p>
          <progress value={stage.progress.sent} max={Math.max(1, stage.progress.total)} aria-label="Uploaded" />
          <p class="soft small">If this is cut off, open this page again and the upload goes on.</p>
        </div>
      );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong; try again.';
}

function sizeOf(octets: number): string {
  return octets < 1e6 ? `${Math.ceil(octets / 1e3)} kB` : `${(octets / 1e6).toFixed(1)} MB`;
}

function Drop({ fault, onFile }: { readonly fault: string | null; readonly onFile: (file: File | undefined) => void }) {
  const [begun, setBegun] = useState(begunUpload);
  return (
    <div class="stack">
      <h1>Clean a list</h1>
      <p class="lead">
        Your file comes back as it was, with a verdict beside each row, and with the bounce rate before and after.
      </p>
      <DropZone onFile={onFile} />
      {begun === null ? null : (
        <p class="notice">
          The upload of {begun.name} was cut off. Choose the same file again to go on with it.{' '}
          <button
            type="button"
            class="button quiet small"
            onClick={() => {
              setBegun(null);
              void endUpload();
            }}
          >
            Forget it
          </button>
        </p>
      )}
      <Fault text={fault} />
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
  const { hasHeader, column, rows } = look;
  const [first = [], ...rest] = rows;
  const names = hasHeader ? first : first.map((_, index) => `Column ${index + 1}`);
  const data = hasHeader ? rest : rows;
  const section = useRef<HTMLElement>(null);
  // The marked column may be out of view at the right.
  useEffect(() => {
    section.current?.querySelector('th.chosen')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [column]);
  return (
    <section class="stack preview" ref={section} aria-labelledby="look">
      <h1 id="look">{file.name}</h1>
      <p class="soft">
        {sizeOf(file.size)}, {look.encoding}, {DELIMITER_NAMES[look.delimiter]}. The marked column holds the addresses;
        choose another if it does not.
      </p>
      <div class="actions">
        <label class="broad">
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
        <label>
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
        Both buttons upload the file. The free check finds misspelt addresses, domains that take no mail and disposable
        addresses; it asks no mail server and uses none of your quota. Afterwards you decide whether the mail servers
        are asked. The first {number.format(data.length)} rows are shown.
      </p>
    </section>
  );
}
