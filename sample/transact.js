/** All of the work, or nothing of it. */
export async function transact(pool, work) {
  const client = await pool.connect();
  let failure;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    // A connection in the middle of a transaction is of no use to anybody: it is closed, which rolls back.
    client.release(failure);
  }
}
