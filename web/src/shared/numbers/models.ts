import { t } from '@/shared/i18n/t';

/** A model of attribution. */
export interface Model {
  key: string;
  name: string;
  /** Its mark in the chart. */
  letter: string;
  meaning: string;
}

/** The models that credit deals. `booking` stands apart: it credits bookings. */
export const MODELS: Model[] = [
  { key: 'first', name: t('First'), letter: 'F', meaning: t('Everything to the first touch.') },
  { key: 'last', name: t('Last'), letter: 'L', meaning: t('Everything to the last touch.') },
  { key: 'linear', name: t('Even'), letter: 'E', meaning: t('The same to each touch.') },
  {
    key: 'u',
    name: t('U-shaped'),
    letter: 'U',
    meaning: t('40 % first, 40 % last, 20 % between.'),
  },
  {
    key: 'w',
    name: t('W-shaped'),
    letter: 'W',
    meaning: t('30 % first, 30 % call 1 booked, 30 % call 2 booked, 10 % the others.'),
  },
  {
    key: 'time_decay',
    name: t('Decay'),
    letter: 'D',
    meaning: t('Half as much for each half-life before the deal.'),
  },
  {
    key: 'markov',
    name: t('Markov'),
    letter: 'M',
    meaning: t('By how many deals would be lost without the channel.'),
  },
  {
    key: 'shapley',
    name: t('Shapley'),
    letter: 'S',
    meaning: t('By what the channel adds on average, over all orders.'),
  },
];
export const BOOKING = 'booking';

export const modelOf = (key: string): Model | undefined => MODELS.find((one) => one.key === key);

/** Markov and Shapley divide months among channels, so their credits are no touch's. */
const OF_CHANNELS = ['markov', 'shapley'];

/** The models that divide a deal among the touches before it. */
export const TOUCH_MODELS = MODELS.filter(({ key }) => !OF_CHANNELS.includes(key));
