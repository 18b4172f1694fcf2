import type { StreamingSessions } from '../cri-service/streaming-sessions.ts';

/** Takes the interactive connections that CRI hands out URLs for. */
export interface StreamingServer extends StreamingSessions {
  start(): Promise<void>;
  stop(): Promise<void>;
}
