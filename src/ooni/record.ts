import * as z from 'zod';

/**
 * An object with the keys of a field table of OONI's data formats. Any key that begins with `x_` may come besides
 * (ooni/spec, data-formats/README.md); another one is a mistake.
 */
export function record<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape> {
  const loose = z
    .looseObject(shape)
    .superRefine((value, context) => {
      for (const key of Object.keys(value)) {
        if (Object.hasOwn(shape, key) || key.startsWith('x_')) continue;
        context.addIssue({ code: 'unrecognized_keys', keys: [key], input: value });
      }
    })
    .meta(IN_JSON_SCHEMA);
  // Keys of one's own are written, and never read.
  return loose as unknown as z.ZodObject<Shape>;
}

/** What a refinement is in a JSON Schema. */
const IN_JSON_SCHEMA = { patternProperties: { '^x_': {} }, additionalProperties: false };
