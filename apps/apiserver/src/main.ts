import { runService } from '@orrery/service';
import { apiServerService } from './index.ts';

await runService({ service: apiServerService, configure: (settings) => settings });
