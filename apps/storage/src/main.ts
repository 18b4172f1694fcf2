import { runService } from '@orrery/service';
import { storageService } from './index.ts';

await runService({ service: storageService, configure: (settings) => settings });
