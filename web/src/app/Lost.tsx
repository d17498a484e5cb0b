import { Link } from 'react-router';
import { t } from '@/shared/i18n/t';
import { Card, Empty } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { Page } from '@/shared/ui/Page';

export function Lost() {
  return (
    <Page title={t('Nothing here')}>
      <Card>
        <Empty
          action={
            <Link className={buttonClass('primary')} to="/app">
              {t('Go to Overview')}
            </Link>
          }
        >
          {t('This address leads to no page.')}
        </Empty>
      </Card>
    </Page>
  );
}
