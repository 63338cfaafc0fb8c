# 窗口没有画出来时的原生对话框
window-blank = 窗口好像没有画出来。已经填写的内容都在本机，没有丢。请选一种办法：
window-blank-safely = 换一种画法重新打开
window-blank-browser = 改在浏览器里打开
window-blank-wait = 再等一等
window-title = 代办
window-understood = 知道了
