// Texts of editing layers, in Chinese and English: a part of the catalogue in words.js.

// Properties of layers. In English, they have the names of layout.json.
const PROPERTIES = {
  when: '显示条件', src: '图片', object_fit: '填充方式', object_position: '对齐位置', border_radius: '圆角', mask: '裁剪形状', border: '边框',
  box_shadow: '投影', blur: '模糊', grayscale: '去色', brightness: '亮度', rotate: '旋转', opacity: '不透明度', background: '背景色', on_error: '加载失败时',
  timeout_ms: '超时', fallback: '备用图片', text: '文字', spans: '片段', font_family: '字体', font_size: '字号', min_font_size: '最小字号', font_weight: '字重',
  font_features: '字体特性', color: '颜色', stroke: '描边', text_shadow: '文字阴影', writing_mode: '排版方向', text_align: '水平对齐', vertical_align: '垂直对齐',
  text_box: '贴合方式', line_height: '行高', letter_spacing: '字距', max_lines: '最多行数', line_break: '避头规则', text_wrap: '折行', text_overflow: '放不下时',
  text_decoration: '文字线', center: '中心图片', is_hyaline: '透明背景', line_color: '线条颜色', auto_color: '微信配色', plate: '底板', value: '内容',
  format: '格式', digits: '显示数字', gap: '间距', padding: '内边距', align_items: '交叉轴对齐', justify_content: '主轴分布', wrap: '换行', width: '宽',
  height: '高', aspect_ratio: '宽高比', grow: '放大比例', shrink: '缩小比例', margin: '外边距', align_self: '单独对齐', repeat: '重复', as: '元素名称',
  x: 'X', y: 'Y', spread: '扩展', size: '大小', show: '何时显示',
}
const VALUES = {
  cover: '铺满裁剪', contain: '完整显示', fill: '拉伸', 'blur-fill': '模糊铺底', fail: '不生成海报', hide: '隐藏', fallback: '用备用图片', none: '无',
  underline: '下划线', 'line-through': '删除线', 'horizontal-tb': '横排', 'vertical-rl': '竖排', left: '左', center: '居中', right: '右', justify: '两端',
  top: '上', middle: '中', bottom: '下', line: '整行', ink: '字形', strict: '严格', normal: '普通', auto: '自动', balance: '均衡', ellipsis: '省略号', clip: '截断',
  shrink: '缩小', code128: 'Code 128', ean13: 'EAN-13', always: '始终', stretch: '拉伸', start: '开头', end: '末尾', baseline: '基线',
  'space-between': '两端分布', 'space-around': '环绕分布',
}
// Those that say little.
const ENGLISH = { src: 'Source', is_hyaline: 'Transparent', when: 'Shown when', timeout_ms: 'Timeout', as: 'Item name', auto_color: 'WeChat’s colour' }
const plain = name => ENGLISH[name] ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ')
const named = (prefix, words, english) => Object.fromEntries(Object.entries(words).map(([name, chinese]) => [`${prefix}_${name}`, [chinese, english(name)]]))

export const EDIT_WORDS = {
  ...named('prop', PROPERTIES, plain),
  ...named('value', VALUES, name => name.replaceAll('-', ' ')),
  section_content: ['内容', 'Content'],
  section_arrange: ['排列', 'Arrangement'],
  section_size: ['尺寸', 'Size'],
  section_type: ['排版', 'Type'],
  section_look: ['外观', 'Appearance'],
  properties: ['属性', 'Layer'],
  placement: ['位置', 'Placement'],
  noSelection: ['未选择图层', 'No layer is selected'],
  noSelectionHelp: ['在海报或列表中点击一个图层，这里会显示它的属性。', 'Click a layer on the poster or in the list to see its properties.'],
  hasFaults: ['layout.json 有语法错误，改正后才能在这里编辑。', 'layout.json has syntax errors: fix them, then edit here.'],
  goToSource: ['打开源码', 'Open the source'],
  bind: ['绑定元素', 'Bind to a shape'],
  bindHelp: ['点击底图中的元素，图层会取它的位置和层级。Esc 取消。', 'Click a shape of the artwork: the layer takes its box and its place in the order. Esc cancels.'],
  bindNone: ['底图中没有带 id 的元素。', 'No shape of the artwork has an id.'],
  boundTo: [id => `已绑定到 #${id}`, id => `Bound to #${id}`],
  unbind: ['解除绑定', 'Unbind'],
  unbound: [id => `已解除绑定，底图中的 ${id} 会重新显示`, id => `No longer bound: ${id} of the artwork is drawn again`],
  toShape: ['回到元素位置', 'Back to the shape'],
  choosePicture: ['选择模板中的图片', 'Choose a picture of the template'],
  uploadPicture: ['上传到模板', 'Upload into the template'],
  inConflict: ['有冲突', 'Conflict'],
  conflictFirst: ['决定保留哪一份之前，不能保存。', 'It cannot be saved until you choose one of the two.'],
  sampleConflict: [name => `示例“${name}”在你编辑期间被修改了。`, name => `The sample “${name}” was changed while you edited it.`],
  sampleGone: [name => `示例“${name}”已被删除，你的参数还在表单中。`, name => `The sample “${name}” was removed. Your parameters are still in the form.`],
  sampleDiffers: [names => `两份内容不同的参数：${names}。`, names => `The two differ in: ${names}.`],
  keepSample: ['保存我的参数', 'Save my parameters'],
  seeConflict: ['查看差异', 'Compare'],
  inContainer: ['由所在的容器排列', 'Placed by its container'],
  undo: ['撤销', 'Undo'],
  undoKeys: ['撤销（Ctrl+Z）', 'Undo (Ctrl+Z)'],
  redoKeys: ['重做（Ctrl+Shift+Z）', 'Redo (Ctrl+Shift+Z)'],
  addLayer: ['添加图层', 'Add a layer'],
  codeAdded: ['已添加 code，请在源码中填写扫码打开的页面', 'Added code to layout.json: enter the page that it opens'],
  addCode: ['添加 code', 'Add code'],
  newText: ['文字', 'Text'],
  duplicateLayer: ['复制图层（Ctrl+D）', 'Duplicate (Ctrl+D)'],
  deleteLayer: ['删除图层（Delete）', 'Delete (Del)'],
  layerDeleted: [name => `已删除 ${name}`, name => `Deleted ${name}`],
  raise: ['上移（Alt+↑）', 'Move up (Alt+↑)'],
  lower: ['下移（Alt+↓）', 'Move down (Alt+↓)'],
  addProperty: [name => `添加${name}`, name => `Add ${name.toLowerCase()}`],
  removeProperty: [name => `移除${name}`, name => `Remove ${name.toLowerCase()}`],
  byDefault: [value => `默认：${value}`, value => `Default: ${value}`],
  range: [(from, to) => `${from} 至 ${to}`, (from, to) => `${from} to ${to}`],
}
