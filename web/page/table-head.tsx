import type { Child } from 'hono/jsx';

/** A plain text is the name of a column of words. */
type ColumnHead = string | { readonly name: string; readonly kind: 'number' | 'unseen' };

/** The head of a table. Names above figures stand at their right; unseen ones are for those who hear the page. */
export function TableHead({ columns }: { readonly columns: readonly ColumnHead[] }) {
  return (
    <thead>
      <tr>{columns.map(headOf)}</tr>
    </thead>
  );
}

function headOf(column: ColumnHead): Child {
  if (typeof column === 'string') return <th scope="col">{column}</th>;
  const { name, kind } = column;
  return kind === 'number' ? (
    <th scope="col" class="number">
      {name}
    </th>
  ) : (
    <th scope="col">
      <span class="visually-hidden">{name}</span>
    </th>
  );
}

/** The head of a column of figures. */
export function figures(name: string): ColumnHead {
  return { name, kind: 'number' };
}
