/**
 * A JSON Schema as rows of a table: one for each field, nested ones by their path. Only what zod writes is read; whatever else
 * a schema may hold is left out and not guessed. Pure.
 */
import type { JsonObject } from './parts.ts';

export type SchemaRow = {
  /** `smtp.code`, `steps[].ms`. */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
};

/** Levels below the root that are told. */
const DEPTH_MAX = 4;

export function schemaRows(schema: JsonObject, prefix = '', depth = 0): readonly SchemaRow[] {
  const properties = objectOf(schema['properties']);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).flatMap(([name, value]) => {
    const property = objectOf(value);
    const path = `${prefix}${name}`;
    const row = { path, type: typeOf(property), isRequired: required.includes(name), description: remarksOf(property) };
    return depth < DEPTH_MAX ? [row, ...rowsBelow(property, path, depth + 1)] : [row];
  });
}

function rowsBelow(property: JsonObject, path: string, depth: number): readonly SchemaRow[] {
  const inner = alternativesOf(property).find(({ type }) => type === 'object' || type === 'array') ?? property;
  if (inner['type'] === 'array') return rowsBelow(objectOf(inner['items']), `${path}[]`, depth);
  return schemaRows(inner, `${path}.`, depth);
}

/** `integer or null`, `array of string`, `risky | unknown`. */
export function typeOf(schema: JsonObject): string {
  const { enum: values, type, items } = schema;
  if (Array.isArray(values)) return values.map(String).join(' | ');
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return alternatives.map(typeOf).join(' or ');
  if (type === 'array') return `array of ${typeOf(objectOf(items))}`;
  return typeof type === 'string' ? type : 'any';
}

/** What the schema says besides: description, bounds, default. */
export function remarksOf({ description, minimum, maximum, default: byDefault }: JsonObject): string {
  const bounds = [
    typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? `from ${minimum}` : '',
    typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? `to ${maximum}` : '',
  ].filter((text) => text !== '');
  const parts = [
    typeof description === 'string' ? description : '',
    bounds.join(' '),
    byDefault === undefined ? '' : `default ${JSON.stringify(byDefault)}`,
  ];
  return parts.filter((text) => text !== '').join('; ');
}

function alternativesOf({ anyOf }: JsonObject): readonly JsonObject[] {
  return Array.isArray(anyOf) ? anyOf.map(objectOf) : [];
}

export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
