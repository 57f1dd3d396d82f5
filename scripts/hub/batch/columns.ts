import { z } from 'zod';

/** A column of a table, and where its cells go in a row. */
export interface Column {
  /** The path in the row, with dots. Example: `billingAddress.city`. */
  readonly name: string;
  readonly kind: 'TEXT' | 'NUMBER' | 'LIST';
  readonly required: boolean;
  /** The list of which each line of the table holds one entry: `lines` for `lines.sku`; null: the column stands once for a row. */
  readonly entryOf: string | null;
}

/** Entries of a list in one cell have this between. */
export const BETWEEN = ';';

/** The columns of a table whose rows have this shape. A list of objects takes a line for each of them. */
export function columnsOf(shape: z.ZodObject, prefix = '', entryOf: string | null = null): readonly Column[] {
  return Object.entries(shape.shape).flatMap(([key, value]): readonly Column[] => {
    const optional = value instanceof z.ZodOptional;
    const inner = optional ? value.unwrap() : value;
    const name = `${prefix}${key}`;
    if (inner instanceof z.ZodObject) return columnsOf(inner, `${name}.`, entryOf);
    if (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject) {
      return columnsOf(inner.element, `${name}.`, name);
    }
    const kind = inner instanceof z.ZodArray ? 'LIST' : inner instanceof z.ZodNumber ? 'NUMBER' : 'TEXT';
    return [{ name, kind, required: !optional, entryOf }];
  });
}

/** One line of a table as the row that it begins, or goes on with. Empty cells are left out. */
export function rowOfCells(
  columns: readonly Column[],
  cells: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const { name, kind, entryOf } of columns) {
    const cell = cells[name]?.trim() ?? '';
    if (cell === '') continue;
    const value =
      kind === 'LIST'
        ? cell.split(BETWEEN).flatMap((one) => one.trim() || [])
        : kind === 'NUMBER'
          ? Number(cell)
          : cell;
    if (entryOf === null) put(row, name.split('.'), value);
    else {
      row[entryOf] ??= [{}];
      const [entry] = row[entryOf] as [Record<string, unknown>]; // made by the line above
      put(entry, name.slice(entryOf.length + 1).split('.'), value);
    }
  }
  return row;
}

function put(into: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) into[first] = value;
  else {
    into[first] ??= {};
    put(into[first] as Record<string, unknown>, rest, value); // made by the line above
  }
}
