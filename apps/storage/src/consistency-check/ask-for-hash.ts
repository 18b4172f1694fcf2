import { type Bus, NoResponderError, RemoteError, RequestTimeoutError, type Subjects } from '@orrery/bus';
import { storagev1 } from '@orrery/proto';

/** A large state takes a while to be read through. */
const TIMEOUT_MS = 30_000;

/** Asks a member over the bus for its hash; `undefined` where no answer comes. */
export async function askForHash(
  bus: Bus,
  subjects: Subjects,
  member: string,
  revision: number,
): Promise<storagev1.Response['result']> {
  const request = storagev1.Request.encode({ requestId: '', operation: { $case: 'hash', value: { revision } } });
  try {
    const answer = await bus.request(subjects.kvMember(member), request.finish(), { timeoutMs: TIMEOUT_MS });
    return storagev1.Response.decode(answer).result;
  } catch (error) {
    const passing =
      error instanceof RequestTimeoutError || error instanceof NoResponderError || error instanceof RemoteError;
    if (!passing) throw error;
    return undefined;
  }
}
