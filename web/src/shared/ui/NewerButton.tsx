import { t } from '@/shared/i18n/t';
import { useFrame } from '@/shared/frame';
import { Button } from './Button';

/** Brings newer numbers than the shown ones, where there are some. */
export function NewerButton() {
  const { newer } = useFrame();
  return (
    <div role="status">
      {newer.waits && (
        <Button kind="primary" className="rounded-full" onClick={newer.show}>
          {t('Newer numbers')}
        </Button>
      )}
    </div>
  );
}
