/**
 * Runs `act` while no other tab of this site holds the lock of the same name. Pages over plain HTTP have no locks,
 * so `act` must also be safe to run in two tabs at once.
 */
export async function withLock<T>(name: string, act: () => Promise<T>): Promise<T> {
  // Missing from old browsers, although the type says otherwise.
  const locks = navigator.locks as LockManager | undefined;
  return locks ? await locks.request(`suishoubao.${name}`, act) : await act();
}
