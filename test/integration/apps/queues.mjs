import * as bullmq from 'bullmq';
import start from './queues.cjs';

start(bullmq);
