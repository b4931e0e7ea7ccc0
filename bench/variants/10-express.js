export const variant = {
  id: 'express',
  application: { title: 'Express', app: 'express' },
};
