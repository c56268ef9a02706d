import * as z from 'zod';
import type { KnobPath } from '../src/policy/knobs.ts';
import { KNOBS, knobOf } from '../src/policy/knobs.ts';
import { PRESETS } from '../src/policy/presets.ts';
import { ActionSchema } from '../src/scenario/action-schema.ts';
import { exampleScenario } from '../src/scenario/example.ts';
import { ExpectationSchema, SeeSchema } from '../src/scenario/expectation-schema.ts';
import { OutsideHostSchema } from '../src/scenario/host-schema.ts';
import { spelledValue, spellingOf } from '../src/scenario/knob-spelling.ts';
import { ModelSchema } from '../src/scenario/model-schema.ts';
import { LieSchema, ResolverSchema, ZoneSchema } from '../src/scenario/resolver-schema.ts';
import { RuleSchema } from '../src/scenario/rule-schema.ts';
import { ScenarioFile } from '../src/scenario/schema.ts';
import { SensorSchema } from '../src/scenario/sensor-schema.ts';
import { TableSchema } from '../src/scenario/table-schema.ts';
import { PLACEHOLDERS, ToolFile } from '../src/scenario/tool-schema.ts';
import { TopologySchema } from '../src/scenario/topology-schema.ts';
import { TorSchema } from '../src/scenario/tor-schema.ts';
import { TriggerSchema } from '../src/scenario/trigger-schema.ts';

/** What a scenario may say, as Markdown, from the schemas and the presets themselves. */
export function referenceOf(): string {
  return `${[INTRODUCTION, ...scenario(), ...knobs(), ...rules(), ...kinds('Triggers', 'match', TriggerSchema), ...kinds('Actions', 'do', ActionSchema), ...lab(), ...resolvers(), ...expectations(), ...sensor(), ...tables(), ...tools()].join('\n\n')}\n`;
}

const INTRODUCTION = `# What a scenario may say

\`make schema\` writes this page from the code. This is a complete scenario; \`chokepoint new ID\` writes it into a file of yours:

\`\`\`yaml
${exampleScenario('xx-2026')}\`\`\`

A scenario has \`profiles\`: models of the same censor, each under a name of your choice. A file with a censor alone (\`--censor\`) has
one \`model\` instead. Both have \`rules\`. For editors there are [schema.json](schema.json), [censor.schema.json](censor.schema.json) and, for circumvention tools,
[tool.schema.json](tool.schema.json): a first line \`# yaml-language-server: $schema=…/schema.json\` makes them complete and explain what follows.`;

/** The top level of a scenario, and what has no chapter of its own below. */
function scenario(): string[] {
  const { properties = {}, required = [] } = jsonOf(ScenarioFile);
  const { sources, period, networks, origin, evidence } = properties;
  const parts: [text: string, part: Json | undefined][] = [
    ['Each of its `sources` has', sources?.additionalProperties],
    ['Its `period` has', period],
    ['Each of its `networks` has', networks?.additionalProperties],
    ['Its `origin` has', origin],
  ];
  const kindsOfEvidence = variantsOf(evidence?.items ?? {}).flatMap((one) => {
    const { status, ...fields } = one.properties ?? {};
    const head = `Evidence with \`status: ${String(status?.const)}\` (${status?.description}) has`;
    return [head, fieldTable(fields, one.required ?? [])];
  });
  return [
    '## The file',
    fieldTable(properties, required),
    ...parts.flatMap(([text, part]) => [
      text,
      fieldTable(part?.properties ?? {}, part?.required ?? []),
    ]),
    ...kindsOfEvidence,
  ];
}

/** One table, in the order of the model. What a preset has otherwise than \`plain\` stands beside it. */
function knobs(): string[] {
  const schema = jsonOf(ModelSchema);
  const rows = KNOBS.map(({ path }) => {
    const spelling = spellingOf(path);
    const field = spelling.split('.').reduce((group, key) => group.properties?.[key] ?? {}, schema);
    return [code(spelling), valuesOf(field), field.description ?? '', presetsOf(path)];
  });
  const text = `## Knobs of a model

All may be left out. \`preset\` says what they are then: \`plain\` (which stands beneath the others too), \`stateless-substring\`, \`first-payload\`,
\`naive-stream\` or \`strict\`. The last column has the value in \`plain\`, then the presets that differ.`;
  return [text, table(['knob', 'values', 'meaning', 'presets'], rows)];
}

function presetsOf(path: KnobPath): string {
  const { plain, ...others } = PRESETS;
  const shown = (model: typeof plain): string =>
    JSON.stringify(spelledValue(path, knobOf(model, path))).replaceAll('"', '');
  const base = shown(plain);
  const differing = Object.entries(others).filter(([, model]) => shown(model) !== base);
  return [base, ...differing.map(([name, model]) => `${name}: ${shown(model)}`)].join('; ');
}

function rules(): string[] {
  const { properties: { trigger: _, action: __, residual, ...own } = {} } = jsonOf(RuleSchema);
  return [
    '## Rules\n\nOne packet may show several things: the first rule of the file that any of them sets off decides, whatever its trigger. An earlier packet is decided earlier: a rule about an address acts on a SYN, before any exception about a name could. A rule has a `trigger`, an `action`, and',
    fieldTable(own, jsonOf(RuleSchema).required ?? []),
    'Its `residual`, if it has one, goes on with other flows:',
    fieldTable(residual?.properties ?? {}, residual?.required ?? []),
  ];
}

function lab(): string[] {
  const { properties: { transit, ...topology } = {}, required = [] } = jsonOf(TopologySchema);
  const { properties: { tls, certificate: _, ...host } = {} } = jsonOf(OutsideHostSchema);
  return [
    `## The lab

Its \`topology\` says which network each part belongs to:`,
    fieldTable({ ...topology, transit: transit ?? {} }, required),
    "Its `hosts`, by name, are web servers outside the country, beside `server`, which is that of the scenario's `origin`:",
    fieldTable({ ...host, tls: tls ?? {} }, []),
    'A `certificate` has a `name`, and is good `from` one moment `to` another. The `tls` of nginx has',
    fieldTable(tls?.properties ?? {}, []),
    'With `tor: {}` there is a private Tor network on `server`, on these ports:',
    fieldTable(jsonOf(TorSchema).properties ?? {}, []),
  ];
}

function expectations(): string[] {
  const { properties = {}, required = [] } = jsonOf(ExpectationSchema);
  const see = jsonOf(SeeSchema);
  const { origin } = see.properties ?? {};
  return [
    `## What must be seen

Each entry of \`expect\` has`,
    fieldTable(properties, required),
    'Its `see` has',
    fieldTable(see.properties ?? {}, see.required ?? []),
    'The `origin` in it has',
    fieldTable(origin?.properties ?? {}, origin?.required ?? []),
  ];
}

function sensor(): string[] {
  const { properties: { visitors, expect, ...own } = {}, required = [] } = jsonOf(SensorSchema);
  return [
    `## Sensor

What the site's own log tells of its visitors while the rules come into force: sessions by minute and network, drawn, and written to
\`sensor.csv\`. It runs last, in a lab of its own with a topology of its own. Rules without \`during\` begin with the period.`,
    fieldTable(own, required),
    'Each of its `visitors` has',
    fieldTable(visitors?.items?.properties ?? {}, visitors?.items?.required ?? []),
    'Each entry of its `expect` has, in per cent at least and at most,',
    fieldTable(expect?.items?.properties ?? {}, expect?.items?.required ?? []),
  ];
}

function resolvers(): string[] {
  const [, ...lies] = kinds('', 'answer', LieSchema);
  const { properties = {}, required = [] } = jsonOf(ZoneSchema);
  const { soa = {}, records: _, ...own } = properties;
  const { address = {}, names = {} } = jsonOf(ResolverSchema).properties ?? {};
  return [
    `## Resolvers

A scenario's \`resolvers\` says, by network, where the resolver of a network's provider is, and how it departs from the truth. Its clients ask it
with \`dns:NAME\` or \`dns:NAME?type=AAAA\`. Any host asks it with \`dns://SERVER/NAME?type=AXFR\`: SERVER is an address, a host, or a resolver's name.`,
    fieldTable({ address, names }, []),
    `The first of its \`lies\` that is about a name is told.`,
    ...lies,
    'Its `zones` are those that it answers for itself, whoever they belong to; lies come first.',
    fieldTable(own, required),
    `Its \`records\` are transferred in their order: each has a \`type\` (\`A\`, \`AAAA\` or \`NS\`), \`data\` (an address, or a name) and, if it is not of
the zone's own name, a \`name\`. Its \`soa\`, times in seconds, is`,
    fieldTable(soa.properties ?? {}, soa.required ?? []),
  ];
}

function tables(): string[] {
  const { properties = {}, required = [] } = jsonOf(TableSchema);
  return [
    `## Tables

A scenario's \`tables\` are made of its measurements by \`run\`, drawn, and written to \`tables/NAME.csv\`: in each cell \`ok\`, OONI's name of the
failure, or how often there was which; nothing where nothing was measured. The address is told by the probes tcp, http, https and curl.`,
    fieldTable(properties, required),
    'What its `count` names is counted alone:',
    fieldTable(properties['count']?.properties ?? {}, []),
  ];
}

function tools(): string[] {
  const { properties: { client, server, through, ...own } = {}, required = [] } = jsonOf(ToolFile);
  const { properties: { ready, ...program } = {}, required: needed = [] } = server ?? {};
  return [
    `## Circumvention tools

Not of a scenario, but files of their own, such as those in \`tools/\`:`,
    fieldTable(
      { ...own, server: server ?? {}, client: client ?? {}, through: through ?? {} },
      required,
    ),
    'Its `server` and its `client` have (of which `host` is the server’s alone)',
    fieldTable({ ...program, ready: ready ?? {} }, needed),
    'Each is `ready` in one of two ways:',
    fieldTable(ready?.properties ?? {}, []),
    'And a fetch goes `through` the tool in one of these:',
    fieldTable(through?.properties ?? {}, []),
    'In `files`, commands and `through`, these stand for what is known only in a lab:',
    table(
      ['placeholder', 'meaning'],
      Object.entries(PLACEHOLDERS).map(([name, meaning]) => [code(`{${name}}`), meaning]),
    ),
  ];
}

/** The variants of a union, by the field that tells them apart. */
function kinds(title: string, by: string, schema: z.ZodType): string[] {
  const sections = variantsOf(jsonOf(schema)).map(
    ({ properties: { [by]: kind, ...own } = {}, required = [] }) => {
      const names = kind?.enum ?? [kind?.const];
      const heading = `### ${names.map((name) => code(`${by}: ${String(name)}`)).join(', ')}`;
      const about = kind?.description === undefined ? [] : [kind.description];
      const fields =
        Object.keys(own).length === 0 ? ['It has no fields.'] : [fieldTable(own, required)];
      return [heading, ...about, ...fields].join('\n\n');
    },
  );
  return [`## ${title}`, ...sections];
}

function variantsOf({ oneOf, ...rest }: Json): Json[] {
  return oneOf === undefined ? [rest] : oneOf.flatMap(variantsOf);
}

function fieldTable(fields: Readonly<Record<string, Json>>, required: readonly string[]): string {
  const rows = Object.entries(fields).map(([name, field]) => {
    const isRequired = required.includes(name);
    const byDefault = field.default === undefined ? '' : code(defaultOf(field));
    return [
      code(name),
      valuesOf(field),
      field.description ?? '',
      isRequired ? 'required' : byDefault,
    ];
  });
  return table(['field', 'values', 'meaning', 'by default'], rows);
}

function defaultOf({ default: value }: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function valuesOf(field: Json): string {
  const { type, const: only, enum: all, anyOf, items, prefixItems, minimum, maximum } = field;
  if (field.oneOf !== undefined) return 'fields';
  if (only !== undefined) return code(String(only));
  if (all !== undefined) return all.map((value) => code(String(value))).join(', ');
  if (anyOf !== undefined) return anyOf.map(valuesOf).join(', or ');
  if (prefixItems !== undefined) return `[${prefixItems.map(valuesOf).join(', ')}]`;
  if (type === 'array') return `list of ${valuesOf(items ?? {})}`;
  if (type === 'boolean') return '`true`, `false`';
  if (type !== 'integer' && type !== 'number') return type === 'object' ? 'fields' : 'text';
  const from = minimum ?? field.exclusiveMinimum;
  const isBounded = maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER;
  const bounds = isBounded ? ` ${from === undefined ? 'to' : `${from} to`} ${maximum}` : '';
  return `${type === 'integer' ? 'whole number' : 'number'}${bounds}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

function jsonOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'input' }) as Json;
}

interface Json {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Json;
  readonly items?: Json;
  readonly prefixItems?: readonly Json[];
  readonly anyOf?: readonly Json[];
  readonly oneOf?: readonly Json[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}
