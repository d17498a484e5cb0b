import { t } from '@/shared/i18n/t';
import { sentence } from '@/shared/format/words';

/** What moved a health score, and by how much. */
export function Factors({ factors }: { factors: { code: string; points: number }[] }) {
  if (factors.length === 0) return <>{t('Nothing moved it from its base')}</>;
  return (
    <ul className="m-0 list-none p-0">
      {factors.map((factor) => (
        <li key={factor.code}>
          {factor.points > 0 ? `+${String(factor.points)}` : `−${String(Math.abs(factor.points))}`}{' '}
          {sentence(factor.code).toLowerCase()}
        </li>
      ))}
    </ul>
  );
}
