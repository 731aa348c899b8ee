// What the page itself says, in English and 简体中文; what the bot says comes from the bot.

const WORDS = {
  en: {
    title: "Playground",
    you_are: "You are",
    chats: "Chats",
    messages: "Messages",
    back: "Back to the chats",
    newest: "To the newest message",
    commands: "Commands",
    mention: "Mention the bot",
    write: "Write a message",
    write_group: "Write to the group, or {bot} to ask the bot",
    send: "Send",
    cancel: "Cancel",
    ok: "OK",
    other_language: "中文",
    local: "A local stand-in: no real Telegram, no model behind it. Nothing leaves this machine.",
    costs: "A local stand-in for Telegram. Answers come from your provider and may cost money.",
    lost: "The connection to the playground is lost; trying again …",
    bot: "bot",
    members: "{count} people and the bot",
    typing: "typing …",
    thinking: "Thinking",
    stop: "Stop",
    edited: "edited",
    reply: "Reply",
    edit: "Edit",
    copy: "Copy",
    copied: "Copied",
    not_copied: "The browser did not let the page copy this",
    replying: "Reply to {name}",
    editing: "Edit your message",
    more: "Show all",
    less: "Show less",
    spoiler: "Hidden text: press to show",
    done: "done",
    open: "not done",
    formula: "formula",
    today: "Today",
    yesterday: "Yesterday",
    nothing_yet: "No messages yet",
    welcome: "Ask something",
    welcome_text: "This chat behaves as one with the bot in Telegram does. Write below, or begin with one of these:",
    examples: [
      "/start",
      "Show me a table and some code",
      "A quote, a list of tasks and a formula, please",
      "Write something long, so that I can stop you",
      "/model",
    ],
    photo: "Photo",
    document: "File",
    voice: "Voice message",
    sticker: "Sticker",
    media: "Media",
    service: "Something changed in this chat",
    errors: {
      malformed: "That was not understood. Reload the page and try again.",
      too_long: "Too long: a Telegram message has at most 4096 characters.",
      gone: "That is not there any more.",
      not_yours: "You can only edit messages of your own.",
      not_a_member: "This person is not in this chat.",
      unreachable: "The playground does not answer. Is it still running?",
    },
  },
  zh: {
    title: "试用页",
    you_are: "你的身份",
    chats: "对话",
    messages: "消息",
    back: "返回对话列表",
    newest: "跳到最新消息",
    commands: "命令",
    mention: "提及机器人",
    write: "输入消息",
    write_group: "发到群里；写上 {bot} 即可提问",
    send: "发送",
    cancel: "取消",
    ok: "好",
    other_language: "English",
    local: "本地模拟环境：没有真正的 Telegram，也没有真正的模型。任何内容都不会离开这台机器。",
    costs: "Telegram 为本地模拟；回答来自你配置的模型服务，可能产生费用。",
    lost: "与试用页的连接已断开，正在重试……",
    bot: "机器人",
    members: "{count} 人和机器人",
    typing: "正在输入……",
    thinking: "思考中",
    stop: "停止",
    edited: "已编辑",
    reply: "回复",
    edit: "编辑",
    copy: "复制",
    copied: "已复制",
    not_copied: "浏览器不允许复制",
    replying: "回复 {name}",
    editing: "编辑消息",
    more: "展开",
    less: "收起",
    spoiler: "隐藏的文字，点按显示",
    done: "已完成",
    open: "未完成",
    formula: "公式",
    today: "今天",
    yesterday: "昨天",
    nothing_yet: "还没有消息",
    welcome: "问点什么吧",
    welcome_text: "这里与 Telegram 里和机器人的对话一样。在下面输入，或者从这些开始：",
    examples: [
      "/start",
      "给我看一个表格和一段代码",
      "请来一段引用、一个任务列表和一个公式",
      "写一篇长文，我想试试让你停下来",
      "/model",
    ],
    photo: "图片",
    document: "文件",
    voice: "语音消息",
    sticker: "贴纸",
    media: "媒体",
    service: "对话有变化",
    errors: {
      malformed: "没有看懂这个请求。请刷新页面再试。",
      too_long: "太长了：一条 Telegram 消息最多 4096 个字符。",
      gone: "它已经不在了。",
      not_yours: "只能编辑自己的消息。",
      not_a_member: "这个人不在这个对话里。",
      unreachable: "试用页没有回应，它还在运行吗？",
    },
  },
};

let chosen = remembered() ?? (navigator.languages.find((code) => /^(zh|en)/i.test(code))?.toLowerCase().startsWith("zh") ? "zh" : "en");

export const language = () => chosen;

export function setLanguage(code) {
  chosen = code;
  try {
    localStorage.setItem("language", code);
  } catch {
    // a browser that keeps nothing: the choice lasts as long as the page
  }
}

function remembered() {
  try {
    return Object.keys(WORDS).find((code) => code === localStorage.getItem("language"));
  } catch {
    return undefined;
  }
}

export function words(key, values = {}) {
  const found = WORDS[chosen][key];
  return typeof found === "string" ? found.replace(/\{(\w+)\}/g, (_, name) => values[name]) : found;
}

export const clockTime = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString(chosen, { hour: "2-digit", minute: "2-digit" });

export function day(seconds) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  const age = Math.round((midnight(Date.now()) - midnight(seconds * 1000)) / 86_400_000);
  if (age < 2) return words(age === 1 ? "yesterday" : "today");
  return new Date(seconds * 1000).toLocaleDateString(chosen, { dateStyle: "long" });
}
