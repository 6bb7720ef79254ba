module.exports = { preset: '../../jest.preset.cjs', displayName: 'comfyui-simulator' };
