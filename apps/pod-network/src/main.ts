import { runService } from '@orrery/service';
import { podNetworkProcess } from './index.ts';

await runService(podNetworkProcess);
