/** The part of csv-parse that is used. Its own types bring those of Node with them, which would undo the wall between runtimes. */
declare module 'csv-parse/sync' {
  export type RecordContext = { readonly bytes: number };
  export type ParseOptions = {
    readonly delimiter: string;
    readonly encoding: 'latin1';
    readonly quote: string | null;
    readonly record_delimiter: readonly string[];
    readonly relax_quotes: boolean;
    readonly relax_column_count: boolean;
    readonly skip_empty_lines: boolean;
    readonly max_record_size: number;
    /** Called with each record; a record is kept unless null is returned. */
    readonly on_record: (cells: string[], context: RecordContext) => null;
  };
  export function parse(bytes: Uint8Array, options: ParseOptions): unknown;
}
