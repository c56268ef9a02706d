import { parseAddress } from '../../base/address.ts';
import { ChokepointError } from '../../base/errors.ts';
import { showable } from '../../base/showable.ts';
import {
  type Action,
  type ActionTree,
  FIELDS,
  type FieldKind,
  type FieldName,
  type Fragment,
  type GenevaStrategy,
  IP_FLAGS,
  kindOf,
  type Protocol,
  type Tamper,
  TCP_FLAGS,
  type Trigger,
} from './notation.ts';

/**
 * Reads a strategy as Geneva writes it. Trees may lack their `|`, as some of the published ones do, and the whole may be in
 * quotes. Throws STRATEGY_INVALID, which shows the character that cannot be.
 */
export function parseStrategy(text: string): GenevaStrategy {
  return new Parser(text).strategy();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  strategy(): GenevaStrategy {
    if (this.#text.trim() === '')
      this.#fail('a trigger such as [TCP:flags:PA], or \\/ for no strategy');
    const isQuoted = this.#takes('"');
    const out = this.#forest('out');
    const inbound = this.#takes('\\/') ? this.#forest('in') : [];
    if (isQuoted) this.#expect('"', 'the quote that ends what began with one');
    this.#blanks();
    if (this.#at < this.#text.length) {
      this.#fail(
        inbound.length > 0 || out.length > 0
          ? 'a tree, or the end'
          : 'a trigger such as [TCP:flags:PA]',
      );
    }
    return { out, in: inbound };
  }

  #forest(direction: 'out' | 'in'): ActionTree[] {
    const trees: ActionTree[] = [];
    for (this.#blanks(); this.#peek() === '['; this.#blanks()) trees.push(this.#tree(direction));
    return trees;
  }

  #tree(direction: 'out' | 'in'): ActionTree {
    this.#expect('[', 'a trigger');
    const trigger = this.#trigger();
    this.#expect(']', 'the end of the trigger');
    this.#expect('-', 'a dash between the trigger and what it sets off');
    const action =
      this.#peek() === '-' || this.#peek() === '|' ? undefined : this.#action(direction);
    const hasDash = this.#takes('-');
    if (!this.#takes('|') && !hasDash) this.#fail('"-|", which ends a tree');
    return { trigger, action };
  }

  #trigger(): Trigger {
    const field = this.#field();
    this.#expect(':', 'a colon and the value that sets it off');
    const at = this.#at;
    const value = this.#until(':]');
    this.#checkValue(field, value.replace(/\*$/, ''), at, { isTrigger: true });
    if (!this.#takes(':')) return { field, value, gas: undefined };
    return { field, value, gas: this.#whole('how many packets set it off', -1000) };
  }

  #action(direction: 'out' | 'in'): Action {
    if (this.#depth === DEEPEST) this.#fail(`at most ${DEEPEST} actions within each other`);
    this.#depth++;
    const action = this.#oneAction(direction);
    this.#depth--;
    return action;
  }

  #oneAction(direction: 'out' | 'in'): Action {
    const at = this.#at;
    const name = this.#until('{(,)-|');
    switch (name) {
      case 'drop':
      case 'send':
        if (this.#peek() === '(')
          this.#fail(`nothing behind "${name}", whose packets go no further`);
        return { do: name };
      case 'sleep':
        return this.#sleep(direction);
      case 'duplicate':
        this.#refuseInbound(name, direction, at);
        return { do: name, ...this.#branches(direction) };
      case 'fragment':
        this.#refuseInbound(name, direction, at);
        return this.#fragment(direction);
      case 'tamper':
        return this.#tamper(direction);
      default:
        return this.#fail(`one of ${ACTIONS.join(', ')}`, at);
    }
  }

  /** As Geneva: what has arrived cannot become two. */
  #refuseInbound(name: string, direction: 'out' | 'in', at: number): void {
    if (direction === 'in') {
      this.#fail(
        `drop, tamper, sleep or send: "${name}" makes two of one, which only leaving packets can become`,
        at,
      );
    }
  }

  #sleep(direction: 'out' | 'in'): Action {
    this.#expect('{', 'the seconds, as in sleep{0.5}');
    const at = this.#at;
    const text = this.#until('}');
    const seconds = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || seconds > LONGEST_SLEEP) {
      this.#fail(`seconds from 0 to ${LONGEST_SLEEP}`, at);
    }
    this.#expect('}', 'the end of what sleep is told');
    return { do: 'sleep', seconds, next: this.#branch(direction) };
  }

  #fragment(direction: 'out' | 'in'): Fragment {
    this.#expect('{', 'how to cut, as in fragment{tcp:8:True}');
    const layer = this.#oneOf(['tcp', 'ip'], ':');
    this.#expect(':', 'a colon and where to cut');
    const at = this.#at;
    const size = this.#whole('where to cut: a number of bytes, or -1 for the middle', -1);
    if (size === 0 && layer === 'tcp') this.#fail('at least 1 byte, or -1 for the middle', at);
    this.#expect(':', 'a colon and the order, True or False');
    const inOrder = this.#oneOf(['True', 'False'], ':}') === 'True';
    const overlap = this.#takes(':') ? this.#whole('how many bytes overlap', 0) : 0;
    this.#expect('}', 'the end of what fragment is told');
    return { do: 'fragment', layer, size, inOrder, overlap, ...this.#branches(direction) };
  }

  #tamper(direction: 'out' | 'in'): Tamper {
    this.#expect('{', 'what to change, as in tamper{TCP:flags:replace:R}');
    const fieldAt = this.#at;
    const field = this.#field();
    this.#expect(':', 'a colon and how to change it');
    const how = this.#oneOf(['replace', 'corrupt', 'add', 'compress'], ':}');
    if ((kindOf(field)?.is === 'question') !== (how === 'compress')) {
      this.#fail('DNS:qd with compress, and no other with it', fieldAt);
    }
    const value = this.#valueFor(field, how);
    this.#expect('}', 'the end of what tamper is told');
    return { do: 'tamper', field, how, value, next: this.#branch(direction) };
  }

  #valueFor(field: FieldName, how: Tamper['how']): string | undefined {
    if (how === 'corrupt' || how === 'compress') return undefined;
    this.#expect(':', `a colon and the value to ${how}`);
    const at = this.#at;
    const value = this.#until('}');
    if (how === 'replace') this.#checkValue(field, value, at, { isTrigger: false });
    else if (kindOf(field)?.is !== 'number' || !/^-?\d+$/.test(value)) {
      this.#fail('a whole number to add, to a field that is one', at);
    }
    return value;
  }

  #field(): FieldName {
    const at = this.#at;
    const protocol = this.#until(':]}') as Protocol;
    if (!Object.hasOwn(FIELDS, protocol)) {
      this.#fail(`a protocol: one of ${Object.keys(FIELDS).join(', ')}`, at);
    }
    this.#expect(':', 'a colon and a field');
    const nameAt = this.#at;
    const field = { protocol, name: this.#until(':]}') };
    if (kindOf(field) === undefined) {
      this.#fail(
        `a field of ${protocol}: one of ${Object.keys(FIELDS[protocol]).join(', ')}`,
        nameAt,
      );
    }
    return field;
  }

  #checkValue(
    field: FieldName,
    value: string,
    at: number,
    { isTrigger }: { readonly isTrigger: boolean },
  ): void {
    const kind = kindOf(field) as FieldKind;
    // Nothing stands for what is not there: an option, or a payload.
    if (value === '' && (isTrigger || kind.is !== 'number')) return;
    const expected = expectedOf(kind, value);
    if (expected !== undefined) this.#fail(expected, at);
  }

  #branches(direction: 'out' | 'in'): Pick<Fragment, 'first' | 'second'> {
    if (!this.#takes('(')) return { first: undefined, second: undefined };
    const first =
      this.#peek() === ',' || this.#peek() === ')' ? undefined : this.#action(direction);
    this.#expect(',', 'a comma between what the two packets go on to');
    const second = this.#peek() === ')' ? undefined : this.#action(direction);
    this.#expect(')', 'a closing bracket');
    return { first, second };
  }

  /** Of what makes one packet of one: the second is empty. */
  #branch(direction: 'out' | 'in'): Action | undefined {
    if (!this.#takes('(')) return undefined;
    const next = this.#peek() === ',' || this.#peek() === ')' ? undefined : this.#action(direction);
    this.#expect(',', 'a comma behind what the packet goes on to');
    this.#expect(')', 'a closing bracket: there is no second packet');
    return next;
  }

  #oneOf<Word extends string>(words: readonly Word[], ends: string): Word {
    const at = this.#at;
    const word = this.#until(ends);
    const known = words.find((one) => one === word);
    return known ?? this.#fail(`one of ${words.join(', ')}`, at);
  }

  #whole(what: string, least: number): number {
    const at = this.#at;
    const text = this.#until(':}]');
    const value = Number(text);
    if (!/^-?\d{1,6}$/.test(text) || value < least) this.#fail(what, at);
    return value;
  }

  /** Up to one of these characters, or the end. */
  #until(ends: string): string {
    const from = this.#at;
    while (this.#at < this.#text.length && !ends.includes(this.#text[this.#at] as string))
      this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #blanks(): void {
    while (/\s/.test(this.#peek())) this.#at++;
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #takes(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string, what: string): void {
    if (!this.#takes(text)) this.#fail(`"${text}": ${what}`);
  }

  #fail(expected: string, at = this.#at): never {
    const rest = this.#text.slice(at);
    const found = rest === '' ? 'its end' : `"${/^[\w.*-]+|^./u.exec(rest)?.[0]}"`;
    throw new ChokepointError(
      'STRATEGY_INVALID',
      [
        `strategy:${at + 1}: found ${found}; expected ${expected}`,
        `  ${this.#text}`,
        `  ${' '.repeat(showable(this.#text.slice(0, at)).length)}^`,
      ],
      { hint: 'write it as Geneva does: [TCP:flags:PA]-fragment{tcp:8:True}-| \\/' },
    );
  }
}

/** What a value should have been; nothing, if it is. */
function expectedOf(kind: FieldKind, value: string): string | undefined {
  switch (kind.is) {
    case 'number':
      return numberExpected(kind.bits, value);
    case 'tcp-flags':
      return new RegExp(`^[${TCP_FLAGS}]+$`).test(value)
        ? undefined
        : `flags of TCP: letters of ${TCP_FLAGS}`;
    case 'ip-flags':
      return value.split('+').every((flag) => (IP_FLAGS as readonly string[]).includes(flag))
        ? undefined
        : `flags of IP: ${IP_FLAGS.join(', ')}, joined by +`;
    case 'address':
      return parseAddress(value) === undefined ? 'an IP address' : undefined;
    case 'option':
      return kind.length === undefined
        ? /^([0-9a-fA-F]{2}){0,38}$/.test(value)
          ? undefined
          : 'at most 38 bytes in hexadecimal, as an option has room for'
        : numberExpected(Math.min(8 * kind.length, 32), value);
    case 'bytes':
      return isPercentEncoded(value) ? undefined : 'text, in which % begins two hexadecimal digits';
    case 'name':
    case 'question':
      return undefined;
  }
}

function numberExpected(bits: number, value: string): string | undefined {
  const most = 2 ** bits - 1;
  const isOne = /^\d{1,10}$/.test(value) && Number(value) <= most;
  return isOne ? undefined : `a number from 0 to ${most}`;
}

function isPercentEncoded(value: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(value);
}

const ACTIONS = ['duplicate', 'drop', 'fragment', 'send', 'sleep', 'tamper'];
const LONGEST_SLEEP = 60;
/** Those that were published have 10. */
const DEEPEST = 100;
