import { Popover } from '@base-ui/react/popover';
import type { Customer } from '@/shared/api/people';
import { t } from '@/shared/i18n/t';
import { Factors } from './Factors';
import { Health } from './Health';

/** A health score that tells, when it is pressed, what moved it. */
export function HealthDoor({ row }: { row: Customer }) {
  return (
    <Popover.Root>
      <Popover.Trigger
        title={t('What moved it?')}
        className="touch -mx-1 min-h-6 rounded-control px-1 underline decoration-border decoration-dotted underline-offset-4 hover:bg-sunken hover:decoration-solid"
      >
        <Health score={row.health_score} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="start" sideOffset={6} className="z-50">
          <Popover.Popup className="sheet w-64 rounded-card border border-line bg-surface p-3 text-table text-ink shadow-(--shadow) outline-none">
            <Popover.Title className="m-0 mb-1 text-table font-medium">
              {t('What moved it?')}
            </Popover.Title>
            <Factors factors={row.health_factors} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
