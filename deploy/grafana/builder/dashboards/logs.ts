import * as units from '@grafana/grafana-foundation-sdk/units';
import { buildDashboard, type Section } from '../dashboard.js';
import { showLines, showTable, showTimeSeries } from '../panels.js';
import { countLines, countLinesOnce, findLines } from '../sources.js';
import { chooseField, typeText } from '../variables.js';
import { BAD, BY_LEVEL } from '../colors.js';

const CHOSEN = 'service.name:$service AND level:$level AND logger:$logger';
const FOUND = `${CHOSEN} AND (\${search:raw})`;
// In quotes: a star, or a colon of an id, stands for itself.
const OF_REQUEST = 'request_id:"${request:raw}" OR trace_id:"${request:raw}"';
const ERRORS = 'level:ERROR AND service.name:$service AND logger:$logger';

const rates: Section = {
  title: 'How much',
  panels: [
    showTimeSeries({
      title: 'Lines by level',
      description: 'Number of log lines, by level.',
      width: 12,
      unit: units.Short,
      min: 0,
      bars: true,
      stacked: true,
      colors: BY_LEVEL,
      empty: 'No lines',
      queries: [countLines(FOUND, 'level')],
    }),
    showTimeSeries({
      title: 'Lines by logger',
      description: 'Number of log lines, by the part of the application that wrote them.',
      width: 12,
      unit: units.Short,
      min: 0,
      bars: true,
      stacked: true,
      empty: 'No lines',
      queries: [countLines(FOUND, 'logger')],
    }),
  ],
};

const errors: Section = {
  title: 'Errors',
  panels: [
    showTimeSeries({
      title: 'Errors by logger',
      description: 'Number of error lines, by the part of the application that wrote them.',
      width: 12,
      unit: units.Short,
      min: 0,
      bars: true,
      stacked: true,
      colors: BAD,
      empty: 'No errors',
      queries: [countLines(ERRORS, 'logger')],
    }),
    showTable({
      title: 'Most frequent errors',
      description: 'The same message over and over is one fault. Messages of more than 256 characters are not counted.',
      width: 12,
      unit: units.Short,
      decimals: 0,
      empty: 'No errors',
      queries: [countLinesOnce(ERRORS, ['logger', 'message.keyword'])],
      transformations: [
        {
          id: 'organize',
          options: {
            renameByName: { logger: 'Logger', 'message.keyword': 'Message', Count: 'Lines' },
          },
        },
      ],
      largestFirst: 'Lines',
      columns: {
        Logger: [{ id: 'custom.width', value: 120 }],
        Lines: [
          { id: 'custom.width', value: 80 },
          { id: 'unit', value: units.LocaleFormat },
        ],
      },
    }),
  ],
};

const lines: Section = {
  title: 'Lines',
  panels: [
    showLines({
      title: 'Lines of a request',
      description:
        'All that was written for one request, by the web process and by the workers. Put its X-Request-ID, or the id of its trace, into the field at the top, or click on one in a line.',
      width: 24,
      height: 12,
      empty: 'Put a request id, or the id of a trace, into the field at the top',
      queries: [findLines(OF_REQUEST)],
    }),
    showLines({
      title: 'All lines',
      description:
        'What is chosen at the top, newest first. A click on a line shows its fields, and the link from its request id to all lines of the request.',
      width: 24,
      height: 14,
      empty: 'No lines: widen the time, or choose less at the top',
      queries: [findLines(FOUND)],
    }),
  ],
};

export const logs = buildDashboard({
  uid: 'barbossa-logs',
  title: 'Logs',
  description: 'Log lines of the web process and the workers, from Elasticsearch.',
  variables: [
    chooseField('service', 'Service', 'service.name'),
    chooseField('level', 'Level', 'level'),
    chooseField('logger', 'Logger', 'logger'),
    typeText('request', 'Request', 'A request id, as X-Request-ID has it, or the id of a trace', ''),
    typeText('search', 'Search', 'Lucene syntax: message:"closed the connection" AND extras.source:archive'),
  ],
  sections: [rates, errors, lines],
});
