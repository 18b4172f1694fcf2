import { runService } from '@orrery/service';
import { storageService } from './index.ts';

/**
 * Entries of the log and messages are made one after the other and go in the same order. Node's pools of 8 kB hold five of them; to make so many buffers
 * takes longer than to fill them.
 */
Buffer.poolSize = 64 * 1024;

await runService({ service: storageService, configure: (settings) => settings });
