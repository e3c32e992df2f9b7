/** IndexedDB as promises. What a promise resolved for is on the disk of the phone, not only on its way there. */

export const FIXES = 'fixes';
export const BY_DEVICE = 'by device';
export const MEMORY = 'memory';

/** Opens the database of the page. Rejects where the browser refuses to keep anything. */
export function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('odograph-tracker', 1);
    request.addEventListener('upgradeneeded', () => {
      // Numbers are never given twice, also not when everything before was sent and deleted.
      const fixes = request.result.createObjectStore(FIXES, { keyPath: 'seq', autoIncrement: true });
      fixes.createIndex(BY_DEVICE, ['device', 'seq']);
      request.result.createObjectStore(MEMORY);
    });
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('the database cannot be opened')));
    request.addEventListener('blocked', () => reject(new Error('another version of the page holds the database')));
  });
}

/** Makes one transaction. Resolves with what `work` asked for when all of it is on the disk; `relaxed`, when it is on its way there. */
export function change<Result>(
  database: IDBDatabase,
  stores: string[],
  work: (transaction: IDBTransaction) => IDBRequest<Result> | null,
  durability: 'strict' | 'relaxed' = 'strict',
): Promise<Result | undefined> {
  return finished(database.transaction(stores, 'readwrite', { durability }), work);
}

export function read<Result>(
  database: IDBDatabase,
  stores: string[],
  work: (transaction: IDBTransaction) => IDBRequest<Result>,
): Promise<Result | undefined> {
  return finished(database.transaction(stores, 'readonly'), work);
}

function finished<Result>(
  transaction: IDBTransaction,
  work: (transaction: IDBTransaction) => IDBRequest<Result> | null,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const request = work(transaction);
    transaction.addEventListener('complete', () => resolve(request?.result));
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('the database refused')));
  });
}
