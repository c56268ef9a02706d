/** A count with its noun, and perhaps what follows it: `1 packet`, `2 packets`, `1 packet was cut`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
