/**
 * The types of the client (`client/api-types.ts`), made of the schemas of the OpenAPI document: JSON Schema 2020-12 in the
 * subset that zod writes, as TypeScript. A keyword that is not known throws, so that no type says less than its schema.
 */
import { openApiDocument } from '../edge/openapi/document.ts';

/** Name of the type, its schema in the document, and the type that it extends. */
const TYPES: readonly { readonly name: string; readonly schema: string; readonly base?: string }[] = [
  { name: 'Answer', schema: 'Verdict' },
  { name: 'BatchAnswer', schema: 'BatchVerdict', base: 'Answer' },
  { name: 'VerifyRequest', schema: 'VerifyRequest' },
  { name: 'BatchRequest', schema: 'BatchRequest' },
  { name: 'ListStatus', schema: 'List' },
  { name: 'CreatedList', schema: 'MadeList' },
  { name: 'ListPage', schema: 'ListPage' },
  { name: 'QuotaReport', schema: 'Quota' },
  { name: 'ProblemDocument', schema: 'Problem' },
];

/** Parts that have a name of their own, by the schema and the property. */
const PARTS: Readonly<Record<string, readonly [schema: string, property: string]>> = {
  Verdict: ['Verdict', 'verdict'],
  Reason: ['Verdict', 'reason'],
  ListState: ['List', 'state'],
  ProblemCode: ['Problem', 'code'],
};

/** Columns of a line; as in biome.json. */
const LINE_WIDTH = 120;

const HEAD = `/**
 * Generated from the schemas of the OpenAPI document by scripts/client-types.ts; to make it anew: npm run docs.
 *
 * Names are those of the wire: JSON in snake_case.
 */
`;

type Schema = Readonly<Record<string, unknown>>;
/** Name of a part by its schema. */
type Names = ReadonlyMap<string, string>;

export async function clientTypes(): Promise<string> {
  const { components } = await openApiDocument();
  const schemaOf = (name: string): Schema => {
    const found = components?.schemas?.[name] as Schema | undefined;
    if (found === undefined) throw new Error(`the OpenAPI document has no schema ${name}`);
    return found;
  };
  const parts = Object.entries(PARTS).map(([name, [schema, property]]) => {
    const found = propertiesOf(schemaOf(schema))[property];
    if (found === undefined) throw new Error(`the schema ${schema} has no property ${property}`);
    return [name, found] as const;
  });
  const names = new Map([
    ...parts.map(([name, schema]) => [keyOf(schema), name] as const),
    ...TYPES.map(({ name, schema }) => [keyOf(schemaOf(schema)), name] as const),
  ]);
  const declarations = [
    ...parts.map(([name, schema]) => unionIn(`export type ${name} = `, typeOf(schema, '', new Map()), ';', '')),
    ...TYPES.map(({ name, schema, base }) => {
      const own = base === undefined ? schemaOf(schema) : without(schemaOf(schema), schemaOf(schemaNameOf(base)));
      return `export type ${name} = ${base === undefined ? '' : `${base} & `}${objectOf(own, '', names)};`;
    }),
  ];
  return `${HEAD}\n${declarations.join('\n\n')}\n`;
}

function schemaNameOf(type: string): string {
  return TYPES.find(({ name }) => name === type)?.schema ?? '';
}

/** The schema without the properties that another one has in the same form. */
function without(schema: Schema, base: Schema): Schema {
  const theirs = propertiesOf(base);
  const own = Object.entries(propertiesOf(schema)).filter(
    ([name, property]) => theirs[name] === undefined || keyOf(theirs[name]) !== keyOf(property),
  );
  return { ...schema, properties: Object.fromEntries(own) };
}

function propertiesOf({ properties = {} }: Schema): Readonly<Record<string, Schema>> {
  return properties as Readonly<Record<string, Schema>>;
}

/** The same for schemas of one type: words for people do not count. */
function keyOf({ description: _, example: __, examples: ___, ...schema }: Schema): string {
  return JSON.stringify(schema);
}

/** Keywords without influence on the type: bounds and descriptions. */
const IGNORED = [
  ...['description', 'example', 'examples', 'default', 'title', 'format', 'pattern'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'maxLength', 'minItems', 'maxItems'],
];
const KNOWN = [
  ...['type', 'enum', 'const', 'anyOf', 'items', 'properties', 'propertyNames', 'required', 'additionalProperties'],
];

/** @param indent of the line that the type stands on */
function typeOf(schema: Schema, indent: string, names: Names): string {
  const name = names.get(keyOf(schema));
  if (name !== undefined) return name;
  const unknown = Object.keys(schema).filter((keyword) => !KNOWN.includes(keyword) && !IGNORED.includes(keyword));
  if (unknown.length > 0) throw new Error(`no type is known for the keyword ${unknown.join(', ')}`);
  if (schema['const'] !== undefined) return literal(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map(literal).join(' | ');
  if (Array.isArray(schema['anyOf'])) {
    return schema['anyOf'].map((option) => typeOf(option as Schema, indent, names)).join(' | ');
  }
  if (Array.isArray(schema['type'])) return schema['type'].map((type) => plainType(type)).join(' | ');
  if (schema['type'] === 'array') return arrayOf((schema['items'] ?? {}) as Schema, indent, names);
  if (schema['type'] === 'object') return objectOf(schema, indent, names);
  return plainType(schema['type']);
}

function plainType(type: unknown): string {
  if (type === undefined) return 'unknown';
  if (type === 'integer') return 'number';
  if (type === 'string' || type === 'number' || type === 'boolean' || type === 'null') return type;
  throw new Error(`no type is known for ${String(type)}`);
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : String(value);
}

function arrayOf(items: Schema, indent: string, names: Names): string {
  const type = typeOf(items, indent, names);
  return items['type'] === 'object' || /^[\w.]+$/.test(type) ? `readonly ${type}[]` : `readonly (${type})[]`;
}

function objectOf(schema: Schema, indent: string, names: Names): string {
  const { properties, propertyNames, required, additionalProperties } = schema;
  const inner = `${indent}  `;
  if (properties === undefined) {
    const values =
      typeof additionalProperties === 'object' ? typeOf(additionalProperties as Schema, indent, names) : 'unknown';
    const keys = typeof propertyNames === 'object' ? typeOf(propertyNames as Schema, indent, names) : 'string';
    const record = `Record<${keys}, ${values}>`;
    // Of named keys, only the required ones are always there.
    return keys === 'string' || required !== undefined ? `Readonly<${record}>` : `Readonly<Partial<${record}>>`;
  }
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name);
  const lines = Object.entries(properties as Readonly<Record<string, Schema>>).flatMap(([name, property]) => {
    const type = typeOf(property, inner, names);
    const line = isRequired(name)
      ? unionIn(`${inner}readonly ${name}: `, type, ';', inner)
      : unionIn(`${inner}readonly ${name}?: `, type.includes('{') ? type : `${type} | undefined`, ';', inner);
    const { description } = property;
    return typeof description === 'string' ? [`${inner}/** ${description.replaceAll('*/', '* /')} */`, line] : [line];
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

/** On one line if it fits; else each option on its own, as the formatter has it. */
function unionIn(start: string, type: string, end: string, indent: string): string {
  const line = `${start}${type}${end}`;
  if (line.split('\n').every((part) => part.length <= LINE_WIDTH) || type.includes('{')) return line;
  return `${start.trimEnd()}\n${type
    .split(' | ')
    .map((option) => `${indent}  | ${option}`)
    .join('\n')}${end}`;
}
