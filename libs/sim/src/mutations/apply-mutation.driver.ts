import { registerHooks } from 'node:module';
import type { Mutation } from './mutations.ts';

/** The source of a mutation was not found, or is not loaded any more: it has to be written anew for what the code looks like now. */
export class MutationMisfitError extends Error {
  override readonly name = 'MutationMisfitError';
  constructor(
    readonly mutation: string,
    readonly matches: number,
  ) {
    super(`the mutation ${mutation} matches ${matches} places of its file and must match one`);
  }
}

/** From now on the modules that are loaded have the bug. Their files stay as they are. */
export function applyMutation(mutation: Mutation): { mustHaveMatched(): void } {
  let applied = false;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/${mutation.file}`)) return loaded;
      const source = Buffer.from((loaded.source ?? '') as string | Uint8Array<ArrayBuffer>).toString();
      applied = true;
      return { ...loaded, source: mutated(source, mutation) };
    },
  });
  return {
    mustHaveMatched: () => {
      if (!applied) throw new MutationMisfitError(mutation.name, 0);
    },
  };
}

/** The source with the bug in it. Throws `MutationMisfitError`. */
export function mutated(source: string, { name, find, replace }: Mutation): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new MutationMisfitError(name, parts.length - 1);
  return parts.join(replace);
}
