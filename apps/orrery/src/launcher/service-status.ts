import { type Bus, NoResponderError, RequestTimeoutError } from '@orrery/bus';
import { statusv1 } from '@orrery/proto';
import { AbortedError, type Milliseconds, type Timers } from '@orrery/runtime';

const answerTimeout: Milliseconds = 1_000;
/** Between two questions to a service that does not answer yet. */
const retryDelay: Milliseconds = 10;

/** What a service says of its health; a service that does not answer is not healthy. */
export async function askStatus(
  bus: Bus,
  subject: string,
): Promise<{ healthy: boolean; message: string; version: string }> {
  const status = await ask(bus, subject);
  if (!status) return { healthy: false, message: 'does not answer', version: '' };
  const message = status.checks.find((check) => !check.healthy)?.message ?? '';
  return { healthy: status.healthy, message, version: status.version };
}

/** Resolves when the process `processId` answers there; rejects with `AbortedError` when `gone` aborts first. */
export async function awaitStatus(
  bus: Bus,
  subject: string,
  processId: number,
  timers: Timers,
  gone: AbortSignal,
): Promise<void> {
  for (;;) {
    const status = await ask(bus, subject);
    if (status?.processId === processId) return;
    if (gone.aborted) throw new AbortedError(`waiting for ${subject}`);
    await timers.sleep(retryDelay, gone);
  }
}

async function ask(bus: Bus, subject: string): Promise<statusv1.StatusResponse | undefined> {
  try {
    const answer = await bus.request(subject, statusv1.StatusRequest.encode({}).finish(), { timeoutMs: answerTimeout });
    return statusv1.StatusResponse.decode(answer);
  } catch (error) {
    if (error instanceof NoResponderError || error instanceof RequestTimeoutError) return undefined;
    throw error;
  }
}
