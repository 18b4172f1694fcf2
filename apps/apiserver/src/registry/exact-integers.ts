import { cannotBeHandled, parseExactJson, type ResourceInfo } from '@orrery/api';
import type { DecodedBody } from '../negotiation/request-body.ts';

/** The only fields of built-in kinds that hold floats: upstream rounds there as well. */
const floatFields: ReadonlySet<string> = new Set(['maximum', 'minimum', 'multipleOf']);

/**
 * A decoded body with all its integers as they were sent: custom resources keep as bigint what a number would round. Throws `BadRequest` rather
 * than give another number than the client has sent.
 */
export function withExactIntegers<Body extends DecodedBody>(info: ResourceInfo, body: Body, bytes: Uint8Array): Body {
  if (body.inexactIntegers.length === 0) return body;
  const isCustom = info.custom !== undefined;
  const exact = isCustom ? exactValue(bytes) : undefined;
  if (exact !== undefined) return { ...body, value: exact };
  const lost = body.inexactIntegers.find(({ path }) => isCustom || !floatFields.has(lastName(path)));
  if (lost === undefined) return body;
  const cause = `json: cannot keep number ${lost.text} of ${lost.path} exactly: integers may have at most 53 bits here`;
  throw cannotBeHandled(info, info.kind, cause);
}

/** `undefined` for what is not JSON: YAML. */
function exactValue(bytes: Uint8Array): unknown {
  try {
    return parseExactJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
