import { t } from '@/shared/i18n/t';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';

/** What moved a health score from where every score begins, and by how much. */
export function Factors({ factors }: { factors: { code: string; points: number }[] }) {
  const { healthBase } = useFrame();
  if (factors.length === 0) return <>{t('Nothing moved it from its base')}</>;
  return (
    <ul className="m-0 list-none p-0">
      <li>{t`${String(healthBase)} to begin with`}</li>
      {factors.map((factor) => (
        <li key={factor.code}>
          {factor.points > 0 ? `+${String(factor.points)}` : `−${String(Math.abs(factor.points))}`}{' '}
          {sentence(factor.code).toLowerCase()}
        </li>
      ))}
    </ul>
  );
}
