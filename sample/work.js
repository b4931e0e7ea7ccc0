import { performDownload, performImport } from './tasks.js';

/** What there is to do, in the process that does it: the worker, or without shared queues the web process itself. */
export function startWork(jobs, library) {
  jobs.work('downloads', { concurrency: 4, perform: performDownload });
  jobs.work('imports', { concurrency: 2, perform: (data, job) => performImport(data, { ...job, library }) });
}
