import { points } from '@/shared/ui/spark';

export interface SparkRow {
  booking_date: string;
  bookings: number;
  bookings_7d_avg: number | null;
  bookings_28d_avg: number | null;
}

/** A trend in one small line: the 7-day average. The sentence below it has its figures. */
export function Spark({ rows }: { rows: SparkRow[] }) {
  const values = rows.map((row) => row.bookings_7d_avg ?? 0);
  return (
    <svg viewBox="0 0 300 60" preserveAspectRatio="none" className="h-24 w-full" aria-hidden>
      <path d="M0 59.5H300" stroke="var(--line)" vectorEffect="non-scaling-stroke" />
      <polyline
        points={points(values, 300, 60)}
        fill="none"
        stroke="var(--chart-1)"
        strokeWidth="2"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
