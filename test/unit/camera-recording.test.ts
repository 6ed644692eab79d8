import { naturalOrder } from '../../src/camera/recording';

test('pictures are shown in the order a person counts', () => {
  expect(['f10.jpg', 'f2.jpg', 'f1.jpg', 'a/f3.png'].sort(naturalOrder)).toEqual([
    'a/f3.png',
    'f1.jpg',
    'f2.jpg',
    'f10.jpg',
  ]);
});
