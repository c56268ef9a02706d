import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isScalar,
  type Node,
  visit,
  type YAMLError,
} from 'yaml';
import { quoted, shorten } from '../base/showable.ts';
import type { YamlMistake } from './yaml-bounds.ts';

/** What breaks the rules of YAML itself, in the order of the text; where quotes would mend it, that is said. */
export function mistakesOf(document: Document.Parsed, text: string): YamlMistake[] {
  const told = [...document.errors, ...document.warnings].map((error) =>
    tellError(error, document, text),
  );
  const all = [...told, ...wrongNodes(document)];
  return all.sort((a, b) => a.offset - b.offset);
}

function tellError(error: YAMLError, document: Document.Parsed, text: string): YamlMistake {
  const [offset] = error.pos;
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return { offset, message: 'found a second document; expected one' };
    case 'TAB_AS_INDENT':
      return { offset, message: 'found a tab before the first word of a line; indent with blanks' };
    case 'BAD_SCALAR_START':
      return { offset, message: inQuotes(text, offset, 'no value begins so') };
    case 'TAG_RESOLVE_FAILED':
      return {
        offset,
        message: tagAt(text, offset) ?? inQuotes(text, offset, 'YAML takes it for a tag'),
      };
    case 'BAD_COLLECTION_TYPE':
      return { offset, message: tagAt(text, offset) ?? untold(error) };
    case 'BAD_ALIAS':
      return { offset, message: inQuotes(text, offset, 'YAML takes it for an anchor or an alias') };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { offset, message: inQuotes(text, offset, 'it has a colon and a blank') };
    case 'BAD_DQ_ESCAPE': {
      const message = `found ${quoted(text.slice(offset, offset + 2))}, which stands for nothing in double quotes; write it in single quotes`;
      return { offset, message };
    }
    case 'MISSING_CHAR':
      if (/^implicit map keys/i.test(error.message)) {
        const [line = ''] = /^[^\r\n]*/.exec(text.slice(offset, offset + LONGEST_LOOK)) ?? [];
        const found = shorten(quoted(line.trim()));
        return {
          offset,
          message: `expected a key, with a colon and a blank behind it; found ${found}`,
        };
      }
      if (/closing/.test(error.message)) {
        return { offset: openQuoteAt(document) ?? offset, message: OPEN_QUOTE };
      }
      if (/between flow/.test(error.message) && isQuote(text[offset - 1])) {
        return { offset, message: BEHIND_QUOTE };
      }
      break;
    case 'UNEXPECTED_TOKEN':
      if (/scalar at node end/.test(error.message) && isQuote(text[offset - 1])) {
        return { offset, message: BEHIND_QUOTE };
      }
      break;
    default:
  }
  return { offset, message: untold(error) };
}

function untold({ message }: YAMLError): string {
  return `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

/** One of YAML's own tags, which does not fit its value. */
function tagAt(text: string, offset: number): string | undefined {
  const tag = /^!![^\s,\]}]+/.exec(text.slice(offset, offset + LONGEST_LOOK))?.[0];
  return tag && `found the tag ${shorten(tag)}, which does not fit here; leave it out`;
}

/** Aliases that stand for nothing or for what they are in; keys that are no words, that are there twice, or that nothing would read. */
function wrongNodes(document: Document.Parsed): YamlMistake[] {
  const mistakes: YamlMistake[] = [];
  const uses = new Map<string, number>();
  /** As far as they have come: an alias stands for the last before it. `Alias.resolve` looks through the document each time. */
  const anchors = new Map<string, Node>();
  const tell = (node: Node | null, message: string): void => {
    mistakes.push({ offset: node?.range?.[0] ?? 0, message });
  };
  const isMisused = document.warnings.some(({ code }) => code === 'BAD_COLLECTION_TYPE');
  const note = (node: Exclude<Node, Alias>): void => {
    const tag = node.tag?.replace(YAML_TAG, '!!') ?? '';
    if (OTHER_TAGS.has(tag) && !isMisused) {
      tell(node, `found a value with the tag ${tag}; leave the tag out`);
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
  };
  visit(document, {
    Scalar: (_, scalar) => {
      note(scalar);
      const { anchor, value } = scalar;
      if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) {
        tell(scalar, `found ${shorten(quoted(value))}, with ${HALF}`);
      }
      if (anchor === undefined || value !== null || scalar.source !== '') return;
      const what = shorten(quoted(`&${anchor}`));
      mistakes.push({
        offset: (scalar.range?.[0] ?? 0) - anchor.length - 1,
        message: `found ${what.slice(1, -1)}, an anchor of nothing; if it is text, write it in quotes: ${what}`,
      });
    },
    Seq: (_, list) => note(list),
    Alias: (_, alias, path) => {
      const { source } = alias;
      const count = (uses.get(source) ?? 0) + 1;
      uses.set(source, count);
      const target = anchors.get(source);
      if (target === undefined) {
        const what = shorten(quoted(`*${source}`));
        tell(
          alias,
          `found ${what.slice(1, -1)}, an alias of an anchor that is not there; if it is text, write it in quotes: ${what}`,
        );
      } else if (path.includes(target as (typeof path)[number])) {
        tell(alias, `found *${source} within what it stands for`);
      } else if (count === MOST_USES + 1) {
        tell(
          alias,
          `found *${source} once more; expected an anchor to be used at most ${MOST_USES} times`,
        );
      }
    },
    Map: (_, map) => {
      note(map);
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const node = key as Node | null;
        if (isCollection(node) || isAlias(node)) {
          tell(node, 'expected a word as the key; found a list, a mapping or an alias');
        } else if (isScalar(node)) {
          const name = String(node.value);
          if (seen.has(name)) tell(node, `${shorten(name)}: duplicated key; expected it once`);
          if (name === '__proto__') tell(node, PROTO);
          if (name === '<<') tell(node, MERGE);
          seen.add(name);
        }
      }
    },
  });
  return mistakes;
}

/** The offset of the first alias; 0 where there is none. */
export function firstAliasAt(document: Document.Parsed): number {
  let at = 0;
  visit(document, {
    Alias: (_, { range }) => {
      at = range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return at;
}

function inQuotes(text: string, offset: number, why: string): string {
  const rest = text.slice(offset, offset + LONGEST_LOOK);
  const word = /^(?:[^\n\r,\]}#]|#(?<! #))*/.exec(rest)?.[0].trimEnd() ?? '';
  const whole = word === '' ? rest.slice(0, 1) : word;
  const mended = whole.includes('"') ? `'${whole.replaceAll("'", "''")}'` : quoted(whole);
  return `found ${shorten(quoted(whole)).slice(1, -1)}, and ${why}; write it in quotes: ${shorten(mended)}`;
}

/** Of a quote that has no end, all up to the end of the text is the scalar's. */
function openQuoteAt({ contents, errors }: Document.Parsed): number | undefined {
  const end = errors.find(({ code }) => code === 'MISSING_CHAR')?.pos[0];
  let at: number | undefined;
  visit(contents as Node, {
    Scalar: (_, { type, range }) => {
      const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
      if (isQuoted && range && end !== undefined && range[0] < end && range[1] >= end)
        at = range[0];
    },
  });
  return at;
}

function isQuote(character: string | undefined): boolean {
  return character === '"' || character === "'";
}

const OPEN_QUOTE = 'found a quote that is not closed; write the same quote at the end of the text';
const BEHIND_QUOTE =
  'found more text behind the closing quote; write all of it in quotes, and a quote within them twice';
/** Readers of plain objects drop such a key, with all that is below it. */
const MERGE =
  'found the key "<<"; mappings are not merged here: write their keys out, or use `*name` for the whole';
const PROTO = '__proto__: no key can have this name; write another name';
const HALF = 'half of a character (a surrogate alone); write both halves, or the character itself';
const YAML_TAG = /^tag:yaml\.org,2002:/;
/** Those that `yaml` knows, and whose values JSON has not. */
const OTHER_TAGS: ReadonlySet<string> = new Set(
  ['binary', 'timestamp', 'set', 'omap', 'pairs', 'merge'].map((name) => `!!${name}`),
);
const MOST_USES = 100;
const LONGEST_LOOK = 200;
