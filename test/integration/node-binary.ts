/**
 * The Node that runs the applications under test: `BARBOSSA_TEST_NODE` where it is set, which is how
 * `npm run test:nodes` runs the same tests on every supported version, else the Node that runs the tests.
 */
export const nodeBinary: string = process.env['BARBOSSA_TEST_NODE'] ?? process.execPath;
