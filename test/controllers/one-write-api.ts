import type { ApiClient } from '@orrery/client';

const writes = ['create', 'update', 'updateStatus', 'patch', 'delete', 'updateSubresource'];

/** Carries out one write, whose answer never arrives, and is dead from then on. */
export function oneWriteApi(api: ApiClient): { api: ApiClient; isDead: () => boolean } {
  let isDead = false;
  const dying = new Proxy(api, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (isDead) throw new Error('killed');
        if (!writes.includes(String(name))) return method.apply(target, args);
        isDead = true;
        await method.apply(target, args);
        throw new Error('killed');
      };
    },
  });
  return { api: dying, isDead: () => isDead };
}
