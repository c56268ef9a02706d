import { type Document, isScalar, visit } from 'yaml';

/** Makes each key the text that is written there: YAML reads `1e3`, `007` or `true` as other things, and writes them otherwise. */
export function keepKeys(document: Document.Parsed): void {
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && typeof key.value !== 'string') key.value = key.source ?? '';
    },
  });
}
