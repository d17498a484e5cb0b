/** Where the parts of a page will stand, while it loads. */

const CARD = 'rounded-card border border-line bg-surface p-4';

/** Cards of one height in a grid as on the page. */
export function CardBones({
  many,
  grid,
  height,
}: {
  many: number;
  /** The classes of the grid on the page. */
  grid: string;
  height: string;
}) {
  return (
    <div className={grid}>
      {Array.from({ length: many }, (_, at) => (
        <div key={at} className={`${CARD} flex flex-col gap-2 ${height}`}>
          <span className="skeleton h-4 w-1/3" />
          <span className="skeleton h-7 w-2/3" />
        </div>
      ))}
    </div>
  );
}

/** A card with a head and lines. */
export function ListBones({ lines }: { lines: number }) {
  return (
    <div className={`${CARD} flex flex-col gap-5`}>
      <span className="skeleton h-4 w-40" />
      {Array.from({ length: lines }, (_, at) => (
        <span key={at} className="skeleton h-5 w-full" />
      ))}
    </div>
  );
}
