/** Why something is not read, as a reader puts it: its name, or its kind and number. */
export function unreadText(unread: string | undefined, number: number): string {
  if (unread === undefined) return 'not IP';
  if (unread === 'IP protocol') return `${unread} ${number}`;
  if (!NUMBERED.includes(unread)) return unread;
  return `${unread} 0x${number.toString(16).padStart(4, '0')}`;
}

const NUMBERED: readonly string[] = ['EtherType', 'PPP protocol', 'LLC SAP'];
