/**
 * Acts while no other tab of this site acts under the same name. Pages over plain HTTP know no locks; there, what
 * is done twice has to be harmless by itself.
 */
export async function exclusively<T>(name: string, act: () => Promise<T>): Promise<T> {
  // Missing from old browsers, whatever TypeScript says.
  const locks = navigator.locks as LockManager | undefined;
  return locks ? await locks.request(`suishoubao.${name}`, act) : await act();
}
