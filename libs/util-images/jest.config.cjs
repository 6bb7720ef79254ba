module.exports = { preset: '../../jest.preset.cjs', displayName: 'util-images' };
