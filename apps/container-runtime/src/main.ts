import { runService } from '@orrery/service';
import { containerRuntimeProcess } from './container-runtime.process.ts';

await runService(containerRuntimeProcess);
