/**
 * A promise that is settled by the first call of either function. Of later ones nothing is heard: a promise that is settled
 * twice is told to the application (`multipleResolves` of `process`, in Node before 26), which may end itself for that. `Promise.race`
 * settles twice as well.
 */
export function settleOnce<T>(
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let isSettled = false;
    const first =
      <A>(settle: (value: A) => void) =>
      (value: A): void => {
        if (isSettled) return;
        isSettled = true;
        settle(value);
      };
    begin(first(resolve), first(reject));
  });
}
