import type * as cri from '@orrery/proto/cri';
import type { Cri, CriEndpoint } from './cri.ts';
import { CriError } from './cri.ts';
import { type AnyUnary, unaryCri } from './cri-methods.ts';

/**
 * Runtime and kubelet in one process: calls go straight through. Messages are handed over, not copied: who has sent or received one does
 * not change it.
 */
export class InProcessCriEndpoint implements CriEndpoint {
  private served: { implementation: Cri; gone: AbortController } | undefined;

  async serve(implementation: Cri): Promise<{ stop(): Promise<void> }> {
    if (this.served) throw new CriError('alreadyExists', 'a container runtime already serves this endpoint');
    const served = { implementation, gone: new AbortController() };
    this.served = served;
    return {
      stop: async () => {
        if (this.served === served) this.served = undefined;
        served.gone.abort();
      },
    };
  }

  async connect(): Promise<Cri & { close(): void }> {
    const closed = new AbortController();
    const reach = () => {
      if (closed.signal.aborted) throw new CriError('unavailable', 'the connection to the container runtime is closed');
      if (!this.served) throw new CriError('unavailable', 'no container runtime serves this endpoint');
      return this.served;
    };
    const unary = unaryCri((method) => async (request) => {
      const { implementation } = reach();
      return (implementation[method] as AnyUnary).call(implementation, request);
    });
    return {
      ...unary,
      async *getContainerEvents(request: cri.GetEventsRequest, signal: AbortSignal) {
        const { implementation, gone } = reach();
        yield* implementation.getContainerEvents(request, AbortSignal.any([signal, gone.signal, closed.signal]));
      },
      close: () => closed.abort(),
    };
  }
}
